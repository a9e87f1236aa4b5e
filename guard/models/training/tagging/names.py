"""Names that Faker's Latin-script locales lack, in the spellings that people use in English text."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in text.split())


CULTURES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "chinese": (
        _words(
            "Wei Xiaoming Li Jing Min Na Fang Lei Tao Jun Yan Ying Hong Xin Yu Qiang Xiaoli Meiling Haoyu Zihan Yichen"
            " Ruoxi Jiahao Xinyi Yuxuan Zixuan Chunhua Guoliang Jianhong Zhiwei Xiuying Lihua Minghao Weiguo Shufen"
            " Yulan Guiying Haitao Xiaoyan Junjie Yijun Siyu Mengqi Ka-Ming Wai-Kit Siu-Ling Chi-Wai Mei-Hua Chia-Wei"
            " Shu-Fen Yi-Ting Kwok-Wing Zhongwen Peng Bo Rui Kai Chen Hao Long Ting Xue Qing Shan Yun Hui Bin Dan"
        ),
        _words(
            "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Zheng Liang Xie Song Tang"
            " Deng Han Feng Cao Peng Zeng Xiao Tian Dong Pan Yuan Cai Jiang Yu Du Ye Cheng Wei Su Lu Ding Ren Shen Yao"
            " Cui Zhong Tan Lee Wong Chan Cheung Lau Leung Ho Ng Kwok Tsang Yip Chow Hsu Tsai Chiu Ouyang Situ Lam Fung"
        ),
    ),
    "japanese": (
        _words(
            "Haruto Yuto Sota Yuki Hayato Haruki Ryusei Kenji Takeshi Hiroshi Satoshi Akira Daisuke Kazuki Ren Shota"
            " Tsubasa Naoki Makoto Masato Sakura Yui Aoi Hina Rin Mei Akiko Keiko Yoko Naomi Emi Ayumi Haruka Misaki"
            " Nanami Chihiro Kaori Tomoko Sachiko Mariko Noriko Hanako Ichiro Jiro Saburo Kiyoshi Minoru Shinji Tatsuya"
        ),
        _words(
            "Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida Yamada Sasaki Yamaguchi"
            " Matsumoto Inoue Kimura Hayashi Shimizu Saito Mori Abe Ikeda Hashimoto Yamashita Ishikawa Nakajima Maeda"
            " Fujita Ogawa Goto Okada Hasegawa Murakami Kondo Ishii Sakamoto Endo Aoki Fujii Nishimura Fukuda Ota Miura"
        ),
    ),
    "korean": (
        _words(
            "Min-jun Seo-jun Ji-ho Joon-woo Hyun-woo Ji-hoon Sung-min Dong-hyun Young-ho Jae-won Seung-hyun Tae-yang"
            " Ji-woo Seo-yeon Min-seo Ha-eun Soo-jin Eun-ji Hye-jin Yoo-na Mi-kyung Kyung-hee Yeong-su Sang-hoon Jisoo"
            " Minho Jimin Hana Sora Yuna Jihye Seojun Doyun Haneul Bora Kyungsoo Hyejin Sunhee Jinwoo Taehyung Nayeon"
        ),
        _words(
            "Kim Lee Park Choi Jung Kang Cho Yoon Jang Lim Han Oh Seo Shin Kwon Hwang Ahn Song Yoo Hong Jeon Ko Moon Son"
            " Yang Bae Baek Heo Nam Shim Noh Ha Joo Koo Bang Min Ryu Ryoo Jeong Cheon Chung Rhee"
        ),
    ),
    "arabic": (
        _words(
            "Mohammed Muhammad Ahmed Ali Omar Yusuf Youssef Hassan Hussein Ibrahim Khalid Abdullah Abdulrahman Mahmoud"
            " Mustafa Tariq Karim Samir Nabil Rashid Faisal Hamza Bilal Ziad Walid Amir Anwar Jamal Sami Adel Fatima"
            " Aisha Maryam Zainab Khadija Layla Leila Noor Nour Salma Hana Huda Amina Samira Yasmin Rania Dalia Mona"
            " Nadia Lina Reem Sara Abeer Farah Ghada Hiba Iman Jamila Abdel Moussa Suleiman Idris Issa Saeed Majid Zayd"
        ),
        _words(
            "al-Rashid Al-Farsi Al_Mansouri al-Masri Haddad Khalil Mansour Nasser Saleh Hamdan Khoury Aziz Rahman"
            " Abdallah El-Sayed El_Amrani Benali Bouazizi Ben_Salah bin_Laden_Hamad Qureshi Darwish Shaheen Fayad Sabbagh"
            " Hariri Jaber Kassem Najjar Zaher Hashemi Tahir Barakat Salem Farouk Al-Hakim Al-Zahrani al-Qahtani"
            " Al_Maktoum Ghanem Awad Mubarak Sharif Sultan Hijazi Bakri Ammar Tawfiq Ramadan Habib Shami Abu_Zaid"
        ),
    ),
    "indian": (
        _words(
            "Aarav Vivaan Aditya Arjun Rohan Rahul Amit Sanjay Rajesh Suresh Ramesh Vikram Anil Sunil Deepak Manoj Ravi"
            " Kiran Prakash Venkatesh Srinivas Karthik Ganesh Harish Naveen Priya Ananya Diya Kavya Pooja Neha Sneha"
            " Lakshmi Sita Radha Meena Sunita Anjali Shreya Divya Nisha Rekha Geeta Aishwarya Swati Padma Revathi Asha"
            " Gurpreet Harjeet Manpreet Jaspreet Imran Salman Farhan Shabnam Debashish Sourav Subhash Tapan Nandini"
        ),
        _words(
            "Sharma Verma Gupta Singh Kumar Patel Shah Mehta Desai Joshi Kulkarni Deshpande Patil Reddy Naidu Rao Iyer"
            " Iyengar Nair Menon Pillai Krishnan Subramanian Venkataraman Chatterjee Banerjee Mukherjee Das Ghosh Bose"
            " Sen Dutta Chowdhury Khan Ahmed Ansari Sheikh Kaur Gill Sandhu Dhillon Malhotra Kapoor Khanna Chopra Bhatia"
            " Agarwal Mishra Tripathi Pandey Yadav Thakur Rathore Chauhan Srivastava Fernandes D'Souza Pereira Hegde"
        ),
    ),
    "african": (
        _words(
            "Chukwuemeka Chidi Emeka Obinna Nnamdi Ikechukwu Ngozi Chiamaka Adaeze Amara Oluwaseun Tunde Babatunde Femi"
            " Adebayo Yetunde Folake Temitope Kwame Kofi Kwabena Yaw Akosua Abena Ama Efua Thabo Sipho Themba Nomvula"
            " Lerato Zanele Bongani Mandla Juma Baraka Wanjiru Njeri Kamau Mwangi Otieno Achieng Akinyi Tendai Tatenda"
            " Rudo Farai Amadou Mamadou Ousmane Fatoumata Aminata Ibrahima Moussa Abebe Tesfaye Hana Selam Tigist Dawit"
        ),
        _words(
            "Okafor Okonkwo Eze Nwosu Adeyemi Adebayo Ogunleye Balogun Afolabi Obi Mensah Owusu Boateng Asante Osei"
            " Appiah Nkrumah Dlamini Nkosi Khumalo Ndlovu Zulu Mokoena Molefe Mthembu van_der_Merwe Botha Naidoo Kamau"
            " Odhiambo Ochieng Wambui Kimani Kiprotich Mutua Moyo Ncube Chirwa Banda Phiri Diallo Traore Keita Diop"
            " Ndiaye Sow Ba Camara Toure Cisse Bekele Haile Tadesse Gebremariam Mohamud Abdi Warsame Mugisha Okello"
        ),
    ),
    "vietnamese": (
        _words(
            "Anh Minh Duc Hung Tuan Nam Long Quang Khanh Phuc Dung Hieu Thanh Linh Huong Lan Mai Hoa Trang Thao Ngoc"
            " Phuong Hanh Yen Thuy Tam Van_Anh Thi_Mai Van_Hung Duc_Anh Quoc_Bao Thi_Hoa My_Linh"
        ),
        _words("Nguyen Tran Le Pham Hoang Huynh Phan Vu Vo Dang Bui Do Ho Ngo Duong Ly Dinh Trinh Truong Dao Doan"),
    ),
    "thai_malay": (
        _words(
            "Somchai Somsak Anong Malee Niran Prasert Siriporn Supaporn Chaiwat Nattapong Pornthip Kittisak Siti Nur"
            " Ahmad Aisyah Nurul Farah Hafiz Azman Rosli Zulkifli Budi Dewi Putri Agus Sri Wayan Ketut Made Rizky Indah"
        ),
        _words(
            "Suwannarat Chaiyaphum Srisai Wongsawat Thongchai Saetang Abdullah Ismail Hassan Rahman bin_Osman"
            " binti_Yusof Wijaya Santoso Setiawan Hidayat Kusuma Pratama Nugroho Susanto Lestari Tanoto Halim"
        ),
    ),
    "persian_hebrew": (
        _words(
            "Reza Amir Hossein Mehdi Dariush Cyrus Farhad Kaveh Babak Shirin Nasrin Parisa Mahsa Azadeh Golnaz Leila"
            " Noam Itai Yonatan Avi Moshe Shlomo Yael Noa Tamar Shira Rivka Dov Eitan Gideon Ariel Hadas Levan Giorgi"
            " Nino Tamuna Armen Hovhannes Anahit Narek Aram"
        ),
        _words(
            "Hosseini Mohammadi Ahmadi Karimi Rezaei Jafari Moradi Rahimi Tehrani Farahani Shirazi Cohen Levi Mizrahi"
            " Peretz Biton Friedman Shapiro Goldberg Ben-David Katz Azoulay Rosenberg Beridze Kapanadze Lomidze"
            " Petrosyan Sargsyan Harutyunyan Grigoryan Hakobyan"
        ),
    ),
    "hispanic_particles": (
        _words("Maria_Jose Juan_Carlos Jose_Luis Ana_Maria Luz Jesus Guadalupe Joaquin Ximena Iker Lautaro Thiago"),
        _words(
            "de_la_Cruz de_la_Fuente del_Rio de_Leon Garcia_Lopez Fernandez_Ruiz Ortega_y_Gasset da_Silva dos_Santos"
            " de_Souza Di_Stefano D'Angelo De_Luca van_den_Berg van_Dijk de_Vries Ter_Horst von_Neumann von_der_Leyen"
            " zu_Guttenberg Le_Pen de_Gaulle du_Pont O'Brien O'Connor O'Sullivan McDonald MacLeod Mac_Giolla FitzGerald"
            " St._John Saint-Exupery Lloyd-Jones Smith-Rivera Johnson-Okafor Taylor-Greene Garcia-Perez Abdul-Jabbar"
        ),
    ),
}

NICKNAMES = _words(
    "Bob Bobby Rob Bill Billy Will Liz Beth Lizzie Kate Katie Kathy Maggie Meg Peggy Jim Jimmy Jack Johnny Joe Joey Mike"
    " Mikey Mick Tom Tommy Tim Dave Davey Dan Danny Steve Chris Alex Sasha Sam Sammy Ben Benny Nick Nicky Tony Andy Drew"
    " Ed Eddie Ted Teddy Fred Freddie Frank Frankie Charlie Chuck Rick Ricky Dick Harry Hank Larry Jerry Gerry Ron Ronnie"
    " Don Donny Ken Kenny Greg Jeff Matt Pat Patty Trish Sue Susie Jen Jenny Jess Jessie Becky Abby Gabby Vicky Mandy"
    " Cindy Sandy Debbie Barb Angie Steph Tina Tess Nat Nate Josh Zach Zac Jake Luke Max Mo Raj Manny Paco Pepe Lola Nina"
    " Mimi Coco Gigi Kiki Lulu JJ TJ DJ AJ CJ Ash Kat Cass Lexi Bea Gus Leo Theo Ollie Archie Alfie Vik Krish Abhi Priti"
)

FAMOUS = tuple(
    name.strip()
    for name in (
        "Albert Einstein, Marie Curie, Isaac Newton, Barack Obama, Donald Trump, Joe Biden, Angela Merkel, Winston"
        " Churchill, Nelson Mandela, Mahatma Gandhi, Taylor Swift, Beyonce, Rihanna, Justin Bieber, Kanye West, Lady"
        " Gaga, Drake, Eminem, Adele, Shakespeare, Mozart, Beethoven, Picasso, Leonardo da Vinci, Charles Darwin,"
        " Napoleon, Julius Caesar, Cleopatra, Plato, Aristotle, Socrates, Karl Marx, Sigmund Freud, Steve Jobs, Bill"
        " Gates, Elon Musk, Mark Zuckerberg, Jeff Bezos, Oprah Winfrey, Tom Hanks, Brad Pitt, Angelina Jolie, Leonardo"
        " DiCaprio, Cristiano Ronaldo, Lionel Messi, LeBron James, Michael Jordan, Serena Williams, Roger Federer,"
        " Usain Bolt, George Washington, Abraham Lincoln, Martin Luther King, Rosa Parks, George Orwell, Jane Austen,"
        " Charles Dickens, Ernest Hemingway, J.K. Rowling, Stephen King, Vladimir Putin, Xi Jinping, Narendra Modi,"
        " Emmanuel Macron, Saddam Hussein, Osama bin Laden, George W. Bush, Hillary Clinton, Dick Cheney, Tony Blair,"
        " Kofi Annan, Ariel Sharon, Yasser Arafat, Fidel Castro, Hugo Chavez, Selena Gomez, Kim Kardashian, Ed Sheeran,"
        " Harry Styles, Zayn Malik, Niall Horan, Katy Perry, Miley Cyrus, Ariana Grande, Chris Brown, Snoop Dogg"
    ).split(",")
)

TITLES = (
    *("Mr.",) * 6, *("Mr",) * 4, *("Mrs.",) * 4, *("Mrs",) * 3, *("Ms.",) * 5, *("Ms",) * 3, *("Miss",) * 3,
    *("Dr.",) * 6, *("Dr",) * 3, "Prof.", "Prof", "Professor", "Sir", "Dame", "Lord", "Lady", "Rev.", "Reverend",
    "Father", "Sister", "Judge", "Justice", "Captain", "Capt.", "Sgt.", "Sergeant", "Officer", "Lt.", "Colonel", "Gen.",
    "Senator", "Sen.", "Rep.", "Hon.", "Mx.", "Mme", "M.", "Herr", "Frau", "Señor", "Sra.", "Sheikh", "Imam", "Rabbi",
    "Sri", "Smt.", "Shri", "Engr.", "Nurse", "Coach", "President", "Minister", "Detective", "Inspector",
)  # fmt: skip
SUFFIXES = ("Jr.", "Jr", "Sr.", "II", "III", "IV", "PhD", "MD", "Esq.", "MBE")
